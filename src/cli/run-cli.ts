import { CommanderError, Command as Program } from 'commander'
import { VERSION } from '../lib/version.ts'
import { exitCodeOf } from './cli-error.ts'
import type { Command, Context } from './command.ts'
import { explain } from './explain.ts'
import { COMMANDS } from './registry.ts'

const describe = (program: Program, command: Command): void => {
  program
    .summary(command.summary)
    .description([command.summary, command.description].filter(Boolean).join('\n\n'))
  for (const one of command.arguments) program.addArgument(one)
  for (const one of command.options) program.addOption(one)
  const lines = command.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`)
  program.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}

/** Arguments and options by name, in one object; an argument beats the option of its name. */
const optionsOf = (program: Program): Record<string, unknown> => {
  const named = program.registeredArguments.map((one, at) => [
    one.name(),
    program.processedArgs[at],
  ])
  const given = named.filter(([, value]) => value !== undefined)
  return { ...program.opts(), ...Object.fromEntries(given) }
}

const execute = async (
  command: Command,
  argv: readonly string[],
  options: Record<string, unknown>,
  context: Context,
): Promise<number> => {
  if (command.place === 'node' && !context.inNode) {
    const { runInNode } = await import('./run-in-node.ts')
    const stdin = command.readsStdin?.(options) ?? false
    return runInNode(argv, { node: options['node'], stdin }, context)
  }
  return (await command.run(options as never, context)) ?? 0
}

/** Which command `argv` calls; undefined when all are needed, for the help or a suggestion. */
const calledBy = (argv: readonly string[]): string | undefined => {
  const name = argv[0] === 'help' ? argv[1] : argv[0]
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? name : undefined
}

/**
 * Runs the command line `argv` (without `node` and `serfnode`) and resolves to its exit code: 0, 2
 * for usage and configuration, 1 for other failures, 130 when it was interrupted.
 */
export const runCli = async (argv: readonly string[], context: Context): Promise<number> => {
  // Asked by the completion of a shell, which must be fast and quiet.
  if (argv[0] === '__complete') {
    const { completeNames } = await import('./completion/names.ts')
    for (const name of await completeNames(argv[1], context)) context.out.line(name)
    return 0
  }
  let code = 0
  const program = new Program('serfnode')
    .description('Turns ordinary container images into a cluster.')
    .version(VERSION, '-V, --version', 'print the version of Serfnode')
    .exitOverride()
    .showHelpAfterError('(--help says what it takes)')
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
      getOutHelpWidth: () => context.out.columns ?? 80,
      getErrHelpWidth: () => context.err.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  const called = calledBy(argv)
  if (called === undefined) {
    const { settingsHelp } = await import('../config/settings-help.ts')
    const variables = settingsHelp(context.out.columns ?? 80)
    program.addHelpText(
      'after',
      `\nVariables of a node (docker run -e, serfnode run -e):\n${variables}`,
    )
  }
  for (const name of called === undefined ? Object.keys(COMMANDS) : [called]) {
    const command = await COMMANDS[name]!()
    const sub = program.command(name)
    describe(sub, command)
    sub.action(async () => {
      code = await execute(command, argv, optionsOf(sub), context)
    })
  }

  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    // Commander has printed what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (context.signal.aborted) return 130
    for (const line of explain(error, context.err)) context.err.line(line)
    return exitCodeOf(error)
  }
}
