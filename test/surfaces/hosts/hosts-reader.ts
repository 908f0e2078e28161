import { readFileSync } from 'node:fs'

/*
 * Reads the hosts file `path` in a tight loop, at least `reads` times and until it met 100 versions,
 * and tells what was wrong with how many reads. A line is torn when its address is none of `10.0.<0|1>.<number>`, or
 * not that of its name `role-<number>`.
 */
const [path = '', reads = '0'] = process.argv.slice(2)
const seen = { reads: 0, empty: 0, withoutLocalhost: 0, torn: 0, withoutLasting: 0, versions: 0 }
const GOOD = /^10\.0\.[01]\.(\d+) role-\1$/
let last = ''
process.send?.('ready')
while (seen.reads < Number(reads) || seen.versions < 100) {
  const text = readFileSync(path, 'latin1')
  seen.reads++
  if (text !== last) seen.versions++
  last = text
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  if (text === '') seen.empty++
  if (!lines.includes('127.0.0.1 localhost')) seen.withoutLocalhost++
  if (!lines.some((line) => /^10\.0\.[01]\.99 role-99$/.test(line))) seen.withoutLasting++
  const others = lines.filter((line) => line !== '' && line !== '127.0.0.1 localhost')
  if (others.some((line) => !GOOD.test(line))) seen.torn++
}
process.send?.(seen)
