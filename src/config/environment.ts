import type { Findings } from './config-error.ts'
import { parseYaml } from './parse-yaml.ts'
import { type NodeValues, type Setting, settingList } from './settings.ts'
import { suggest } from './suggest.ts'
import { textValue } from './yaml-value.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The settings that the variables give; an empty variable counts as not given. */
export const readEnvironment = (env: Environment, findings: Findings): Partial<NodeValues> => {
  refuseUnknown(env, findings)
  const given = settingList.flatMap((setting) => {
    const names = setting.variables.filter((name) => (env[name] ?? '').trim() !== '')
    const texts = new Set(names.map((name) => env[name]!.trim()))
    if (texts.size > 1) {
      const message = `${names.join(' and ')} differ; give one of them`
      findings.problem({ file: 'environment', message })
    }
    const [name] = names
    const value = name === undefined ? undefined : readVariable(name, env[name]!, setting, findings)
    return value === undefined ? [] : [[setting.name, value] as const]
  })
  return Object.fromEntries(given)
}

/** The names of all variables, in the order of the table. */
export const variableNames = (): string[] => settingList.flatMap(({ variables }) => variables)

const readVariable = (
  name: string,
  text: string,
  { yaml = false, shape }: Setting<unknown>,
  findings: Findings,
): unknown => {
  const tell = { report: findings.problem, warn: findings.warning }
  const value = yaml
    ? parseYaml({ file: 'environment', text, ...tell, variable: name })
    : textValue(text.trim(), name, tell)
  return value === undefined ? undefined : shape.read(value)
}

const refuseUnknown = (env: Environment, findings: Findings): void => {
  const known = variableNames()
  for (const name of Object.keys(env).sort()) {
    if (env[name] === undefined || known.includes(name)) continue
    if (Object.hasOwn(GONE, name)) {
      findings.warning({ file: 'environment', message: `${name}: ${GONE[name]}` })
    } else if (name.startsWith(PREFIX)) {
      const message = `unknown variable ${name}${suggestVariable(name, known) || SEE}`
      findings.problem({ file: 'environment', message })
    }
  }
}

const SEE = '; see "serfnode run --help" for all of them'

/** Near in what follows the prefix, which all have in common; `SERFNODE_ROLE` means `ROLE`. */
const suggestVariable = (name: string, known: string[]): string => {
  const bare = name.slice(PREFIX.length)
  if (known.includes(bare)) return `; did you mean "${bare}"?`
  const prefixed = known.filter((each) => each.startsWith(PREFIX))
  const near = suggest(
    bare,
    prefixed.map((each) => each.slice(PREFIX.length)),
  )
  return near.replace('"', `"${PREFIX}`)
}

const PREFIX = 'SERFNODE_'

const GONE: Readonly<Record<string, string>> = {
  DOCKER_BINARY: 'has no effect, the engine is reached through its socket',
}
