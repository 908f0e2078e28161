import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { BASE, IMAGE } from '../../test/support/cluster.ts'
import { docker, TEST_LABEL } from '../../test/support/docker.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { type Figure, surplus } from '../kit/figure.ts'
import { remove } from '../kit/nodes.ts'
import { pidOf } from '../kit/processes.ts'
import { until } from '../kit/until.ts'

type Layers = { count: number; bytes: number; compressed: number }

const diffIds = async (image: string): Promise<string[]> =>
  JSON.parse(await docker('image', 'inspect', '-f', '{{json .RootFS.Layers}}', image))

const compressedSize = async (
  layer: AsyncIterable<Buffer>,
): Promise<{ bytes: number; compressed: number }> => {
  const size = { bytes: 0, compressed: 0 }
  const counted = async function* () {
    for await (const chunk of layer) {
      size.bytes += chunk.length
      yield chunk
    }
  }
  for await (const chunk of Readable.from(counted()).pipe(createGzip())) {
    size.compressed += chunk.length
  }
  return size
}

/** The layers of an image above those of its base, as a registry would keep them. */
const layersAbove = async (image: string, base: string): Promise<Layers> => {
  const below = (await diffIds(base)).length
  const above = (await diffIds(image)).length - below
  const sizes = new Map<string, { bytes: number; compressed: number }>()
  let order: string[] = []
  // By its id: a name without a tag would save all images of that name.
  const id = await docker('image', 'inspect', '-f', '{{.Id}}', image)
  const saved = spawn('docker', ['save', id], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(saved, 'close')
  for await (const entry of saved.stdout.pipe(extract())) {
    const { name, type } = entry.header
    if (name === 'manifest.json') {
      const parts: Buffer[] = []
      for await (const part of entry) parts.push(part as Buffer)
      order = JSON.parse(Buffer.concat(parts).toString())[0].Layers
    } else if (type === 'file' && !name.endsWith('.json') && !name.endsWith('VERSION')) {
      sizes.set(name, await compressedSize(entry as AsyncIterable<Buffer>))
    } else entry.resume()
  }
  const [code] = await ended
  const layers = order.slice(below).map((name) => sizes.get(name))
  if (code !== 0 || layers.length !== above || layers.includes(undefined)) {
    throw new Error(`docker save ${image}: exit ${code}, ${layers.length} of ${above} layers read`)
  }
  const sum = (of: 'bytes' | 'compressed') => layers.reduce((total, layer) => total + layer![of], 0)
  return { count: above, bytes: sum('bytes'), compressed: sum('compressed') }
}

/** When which process of this program was seen first, looking every millisecond. */
const watchProcesses = (program: string) => {
  const seen = new Map<number, number>()
  const known = new Set(readdirSync('/proc'))
  const look = (): undefined => {
    for (const entry of readdirSync('/proc')) {
      if (known.has(entry) || !/^\d+$/.test(entry)) continue
      try {
        if (readFileSync(`/proc/${entry}/comm`, 'utf8').trim() !== program) continue
        seen.set(Number(entry), Date.now())
        known.add(entry)
      } catch {
        // It has ended.
      }
    }
  }
  return { seen, look }
}

/** `docker run -d` until the container's first process is `program`. */
const untilProgram = async (
  { cluster, signal }: Context,
  { name, program, args }: { name: string; program: string; args: readonly string[] },
): Promise<number> => {
  const container = cluster.container(name)
  const { seen, look } = watchProcesses(program)
  const began = Date.now()
  const running = docker(
    ...['run', '-d', '--name', container],
    ...['--label', `${TEST_LABEL}=${cluster.cluster}`, ...args],
  )
  let pid: number | undefined
  running
    .then(() => pidOf(container))
    .then(
      (found) => {
        pid = found
      },
      () => {
        // `running` says why, below.
      },
    )
  const isThere = () => look() ?? (pid === undefined ? undefined : seen.get(pid))
  const when = until(`${program} runs in ${container}`, isThere, { signal })
  const [at] = await Promise.all([when, running])
  await remove(container)
  return (at - began) / 1000
}

/** How large the image is above its base, and how soon a container of it is PID 1. */
export const image: Scenario = {
  name: 'image',
  title: 'the image',
  run: async (context) => {
    const [own, plain]: [number[], number[]] = [[], []]
    for (let run = 1; run <= context.runs(30); run += 1) {
      context.note(`run ${run}`)
      const sleep = ['--entrypoint', '/bin/sleep', BASE, '1d']
      plain.push(
        await untilProgram(context, { name: `plain${run}`, program: 'sleep', args: sleep }),
      )
      own.push(
        await untilProgram(context, { name: `own${run}`, program: 's6-svscan', args: [IMAGE] }),
      )
    }
    context.note('compressing its layers')
    const layers = await layersAbove(IMAGE, BASE)
    const toPid1: Figure = {
      name: 'image: `docker run` to PID 1',
      measured:
        "from the call of `docker run -d` until the container's first process has become s6-svscan; plain: until it is `sleep`, in the base image",
      unit: 's',
      samples: own,
      plain: { what: 'base image', samples: plain },
    }
    return [
      {
        name: 'image: layers above the base',
        measured: 'layers that the image has more than the Debian image it is made from',
        unit: '',
        samples: [layers.count],
      },
      {
        name: 'image: size above the base',
        measured: 'these layers, as files',
        unit: 'MB',
        samples: [layers.bytes / 1e6],
      },
      {
        name: 'image: compressed size above the base',
        measured: 'these layers, each through gzip -6 as a registry keeps them',
        unit: 'MB',
        samples: [layers.compressed / 1e6],
      },
      toPid1,
      surplus(toPid1, 'image: PID 1 later than in the base'),
    ]
  },
}
