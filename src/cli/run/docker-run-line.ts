import { type Published, showPublish } from './publish.ts'
import { maskEnv } from './secrets.ts'

/** The node to start, in the words of `docker run`. */
export type NodeContainer = {
  image: string
  name?: string
  env: string[]
  /** `-v` as Docker takes it. */
  volumes: string[]
  publish: Published[]
  /** `NAME=VALUE` or `NAME`. */
  labels: string[]
  network?: string
  restart: string
  /** A YAML file to mount over the image's. */
  yaml?: string
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The `docker run` line that starts `node`, fit for a shell; secrets are masked. */
export const dockerRunLine = (node: NodeContainer): string => {
  const pairs: [string, string][] = [
    ...(node.name === undefined ? [] : [['--name', node.name] as [string, string]]),
    ['--restart', node.restart],
    ...(node.network === undefined ? [] : [['--network', node.network] as [string, string]]),
    ...node.labels.map((label): [string, string] => ['--label', label]),
    ...node.volumes.map((volume): [string, string] => ['-v', volume]),
    ...(node.yaml === undefined
      ? []
      : [['-v', `${node.yaml}:/serfnode.yml:ro`] as [string, string]]),
    ...node.publish.map((one): [string, string] => ['-p', showPublish(one)]),
    ...node.env.map((entry): [string, string] => ['-e', maskEnv(entry)]),
  ]
  const words = pairs.filter(([flag, value]) => flag !== '--restart' || value !== 'no').flat()
  return ['docker', 'run', '-d', ...words, node.image].map(quoted).join(' ')
}
