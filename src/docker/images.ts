import type { Connection } from './connection.ts'
import { isDockerError } from './errors.ts'
import { splitTag } from './image-ref.ts'
import { filtersOf, imagePath } from './path.ts'
import { shaped, shapedList } from './shape.ts'

export type ImageInspect = {
  Id: string
  RepoTags: string[]
  /** RFC 3339. */
  Created: string
  Architecture: string
  Os: string
  /** Bytes. */
  Size: number
  Config: {
    Env: string[]
    Labels: Record<string, string>
    ExposedPorts: Record<string, object>
    Volumes: Record<string, object>
    Cmd: string[] | null
    Entrypoint: string[] | null
    User?: string
    WorkingDir?: string
    StopSignal?: string
  }
}

export type ImageSummary = {
  Id: string
  RepoTags: string[]
  /** Unix seconds. */
  Created: number
  Size: number
  Labels: Record<string, string>
}

export type Images = {
  inspectImage(ref: string): Promise<ImageInspect | undefined>
  /** `labels`: `key` or `key=value`. `reference`: `name[:tag]` with `*`. */
  listImages(query?: { labels?: string[]; reference?: string }): Promise<ImageSummary[]>
  tagImage(ref: string, tag: string): Promise<void>
  /** `conflict` when a container uses it. */
  removeImage(ref: string, options?: { force?: boolean }): Promise<void>
}

export const images = ({ json, slowMs }: Connection): Images => ({
  async inspectImage(ref) {
    const deed = `inspect image ${ref}`
    try {
      const answer = await json({ deed, path: imagePath(ref, 'json') })
      const one = shaped<ImageInspect>(deed, answer, { Id: 'string', Config: 'object' })
      return {
        ...one,
        RepoTags: one.RepoTags ?? [],
        Config: {
          ...one.Config,
          Env: one.Config.Env ?? [],
          Labels: one.Config.Labels ?? {},
          ExposedPorts: one.Config.ExposedPorts ?? {},
          Volumes: one.Config.Volumes ?? {},
          Cmd: one.Config.Cmd ?? null,
          Entrypoint: one.Config.Entrypoint ?? null,
        },
      }
    } catch (error) {
      if (isDockerError(error, 'not-found')) return undefined
      throw error
    }
  },

  async listImages({ labels, reference } = {}) {
    const deed = 'list images'
    const filters = filtersOf({ label: labels, reference: reference ? [reference] : undefined })
    const answer = await json({ deed, path: '/images/json', query: { filters } })
    return shapedList<ImageSummary>(deed, answer, { Id: 'string', Created: 'number' }).map(
      (one) => ({ ...one, RepoTags: one.RepoTags ?? [], Labels: one.Labels ?? {} }),
    )
  },

  async tagImage(ref, tag) {
    const [repo, name] = splitTag(tag)
    const query = { repo, tag: name }
    await json({ deed: `tag image ${ref}`, method: 'POST', path: imagePath(ref, 'tag'), query })
  },

  async removeImage(ref, { force = false } = {}) {
    await json({
      deed: `remove image ${ref}`,
      method: 'DELETE',
      path: imagePath(ref),
      query: { force },
      timeoutMs: slowMs,
    })
  },
})
