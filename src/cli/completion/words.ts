import type { Argument, Option } from 'commander'
import { COMMANDS } from '../registry.ts'

/** What may stand at a place: fixed words, names that the engine knows, files, or anything. */
export type Kind =
  | { type: 'words'; words: readonly string[] }
  | { type: 'names'; of: 'nodes' | 'targets' }
  | { type: 'files' }
  | { type: 'anything' }

export type OptionWords = { flags: string[]; meaning: string; value?: Kind; repeats: boolean }
export type ArgumentWords = { name: string; kind: Kind; repeats: boolean }

/** A command line's words, for every shell. */
export type CommandWords = {
  name: string
  summary: string
  options: OptionWords[]
  arguments: ArgumentWords[]
}

/** By the name of an argument, or of an option without its dashes. */
const KINDS: Record<string, Kind> = {
  node: { type: 'names', of: 'nodes' },
  nodes: { type: 'names', of: 'nodes' },
  peer: { type: 'names', of: 'nodes' },
  target: { type: 'names', of: 'targets' },
  dir: { type: 'files' },
  path: { type: 'files' },
  yaml: { type: 'files' },
}

const kindOf = (name: string, choices: readonly string[] | undefined): Kind =>
  choices ? { type: 'words', words: choices } : (KINDS[name] ?? { type: 'anything' })

const HELP: OptionWords = { flags: ['-h', '--help'], meaning: 'display help', repeats: false }

const optionWords = (option: Option): OptionWords => {
  const { short, long, description, argChoices, parseArg } = option
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    meaning: description,
    ...(option.required && { value: kindOf(option.name(), argChoices) }),
    // Our list options gather what they are given; see listOption.
    repeats: parseArg !== undefined && /may be repeated/.test(description),
  }
}

const argumentWords = (one: Argument): ArgumentWords => ({
  name: one.name(),
  kind: kindOf(one.name(), one.argChoices),
  repeats: one.variadic,
})

/** All commands with what they take, as they are declared. */
export const allWords = async (): Promise<CommandWords[]> =>
  Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => {
      const command = await load()
      return {
        name,
        summary: command.summary,
        options: [...command.options.map(optionWords), HELP],
        arguments: command.arguments.map(argumentWords),
      }
    }),
  )
