import type { FileResult } from './run-file.ts'

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

const indent = (text: string) => text.trimEnd().replace(/^(?=.)/gm, '     ')

const show = ({ file, passed, skipped, failures, output, ms }: FileResult): string => {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  const fails = failures.length > 0 ? `, ${failures.length} failed` : ''
  const head = `${failures.length > 0 ? 'FAIL' : 'ok  '} ${file}: ${passed} passed${fails}${skips}`
  const lines = [`${head} (${seconds(ms)})`]
  for (const title of skipped) lines.push(`     skipped: ${title}`)
  for (const { title, detail } of failures) lines.push(`\n   x ${title}\n${indent(detail)}\n`)
  if (failures.length > 0 && output.trim() !== '') {
    lines.push(`     what ${file} printed:\n${indent(output)}\n`)
  }
  return lines.join('\n')
}

/** Runs jobs, `concurrency` at a time, and prints each when it is done. */
export const runAll = async (
  title: string,
  jobs: (() => Promise<FileResult>)[],
  { concurrency, signal }: { concurrency: number; signal: AbortSignal },
): Promise<FileResult[]> => {
  console.log(`\n${title}`)
  const started = performance.now()
  const results: FileResult[] = []
  const waiting = [...jobs]
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (signal.aborted) return
      const result = await job()
      results.push(result)
      console.log(show(result))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  console.log(`     ${title}: ${seconds(performance.now() - started)}`)
  return results
}
