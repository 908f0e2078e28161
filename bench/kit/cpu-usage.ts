import { get } from 'node:http'

/**
 * CPU seconds that a container has used so far, processes that have ended included; the engine reads
 * its cgroup.
 */
export const cpuUsageOf = (socketPath: string, container: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const path = `/containers/${container}/stats?stream=false&one-shot=true`
    get({ socketPath, path, timeout: 10_000 }, async (answer) => {
      try {
        const parts: Buffer[] = []
        for await (const part of answer) parts.push(part as Buffer)
        const { cpu_stats, message } = JSON.parse(Buffer.concat(parts).toString())
        if (!cpu_stats) throw new Error(`${path}: ${message}`)
        resolve(cpu_stats.cpu_usage.total_usage / 1e9)
      } catch (error) {
        reject(error)
      }
    }).on('error', reject)
  })
