import { Scalar } from 'yaml'
import type { WrittenChild } from './child-keys.ts'
import { type Word, wordsOf } from './command-words.ts'
import { type RunOption, runOption, runOptionNames } from './docker-run-options.ts'
import { quoted } from './printable.ts'
import { imageName } from './scalars.ts'
import type { Shape } from './shape.ts'
import { suggest } from './suggest.ts'
import { refuse, report, type Source, textOf, type Value } from './yaml-value.ts'

type Written = Partial<WrittenChild>

const EXPECTED = 'options of docker run, an image, its command'

/**
 * A child as `docker run` takes it: `-e A=b -p 8080:80 nginx:1.27 nginx-debug`. An option that a
 * child cannot have is refused by name; the values of options may be passwords and are not shown.
 */
export const dockerRun: Shape<Written> = {
  expected: EXPECTED,
  schema: { type: 'string' },
  read: (value) => {
    const words = wordsOf(textOf(value) ?? '')
    if (!Array.isArray(words)) return report(placed(value, words.at), words.problem)
    const [first, second] = words
    if (first?.text === 'docker' && second?.text === 'run') {
      return report(value, `leave out "docker run", expected ${EXPECTED}`)
    }
    const read = readOptions(value, words)
    if (read === undefined) return undefined
    const [image, ...command] = words.slice(read.next)
    if (image === undefined) return report(value, `no image, expected ${EXPECTED}`)
    const name = readImage(placed(value, image.at, 'image'), image.text, read.next > 0)
    return {
      ...read.written,
      ...(name === undefined ? {} : { image: name }),
      ...(command.length > 0 && { command: command.map(({ text }) => text) }),
    }
  },
}

/** All up to the image; what follows a refused option cannot be told apart, so that ends it. */
const readOptions = (
  value: Value,
  words: readonly Word[],
): { written: Written; next: number } | undefined => {
  const found: Written[] = []
  let next = 0
  for (let word = words[0]; word?.text.startsWith('-') && word.text !== '-'; word = words[next]) {
    next++
    if (word.text === '--') break
    for (const { name, inline } of optionsOf(word.text)) {
      const option = usable(placed(value, word.at), name)
      if (option === undefined) return undefined
      const text = inline ?? (option.type === 'flag' ? 'true' : words[next++]?.text)
      const at = placed(value, word.at, name, text)
      if (text === undefined) return report(at, 'a value must follow')
      found.push(option.read(at))
    }
  }
  return { written: found.reduce(merge, {}), next }
}

type Usable = Exclude<RunOption, { type: 'refused' }>

const usable = (at: Value, name: string): Usable | undefined => {
  const option = runOption(name)
  if (option === undefined) {
    const near = suggest(name, runOptionNames())
    return report(at, `option ${quoted(name)} is none that a child can have${near}`)
  }
  if (option.type !== 'refused') return option
  return report(at, `option ${name} is not for a child; ${option.advice}`)
}

type Option = { name: string; inline: string | undefined }

/** `--env=A=b` is one option with its value, `-itp80:80` are three. */
const optionsOf = (word: string): Option[] => {
  if (word.startsWith('--')) {
    const [name = '', ...rest] = word.split('=')
    return [{ name, inline: rest.length === 0 ? undefined : rest.join('=') }]
  }
  const options: Option[] = []
  for (let at = 1; at < word.length; at++) {
    const name = `-${word[at]}`
    const isLast = runOption(name)?.type !== 'flag' || word[at + 1] === '='
    const rest = isLast ? word.slice(at + 1).replace(/^=/, '') : ''
    options.push({ name, inline: rest === '' ? undefined : rest })
    if (isLast) break
  }
  return options
}

/** Lists grow, of anything else the last one counts, as in Docker. */
const merge = (written: Written, next: Written): Written => {
  const merged: Record<string, unknown> = { ...written }
  for (const [key, is] of Object.entries(next)) {
    const before = merged[key]
    const grows = Array.isArray(is) && Array.isArray(before) && key !== 'entrypoint'
    merged[key] = grows ? [...before, ...is] : is
  }
  return merged
}

/** After options it may be the rest of a variable's value that was to be quoted, so it is not shown. */
const readImage = (at: Value, text: string, afterOptions: boolean): string | undefined => {
  const image = { ...at, node: new Scalar(text) }
  const isName = imageName.read({ ...image, source: silent(at.source) }) !== undefined
  if (isName || !(afterOptions || text.includes('='))) return imageName.read(image)
  return refuse(image, `an image's name; quote a value that has spaces`, { secret: true })
}

const placed = (value: Value, at: number, name = '', text = ''): Value => ({
  ...value,
  node: new Scalar(text),
  path: `${value.path}, character ${at + 1}${name === '' ? '' : `: ${name}`}`,
})

const silent = (source: Source): Source => ({ ...source, report: () => {}, warn: () => {} })
