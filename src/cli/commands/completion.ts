import { Argument } from 'commander'
import { defineCommand } from '../command.ts'

const SHELLS = ['bash', 'zsh'] as const

type Options = { shell: (typeof SHELLS)[number] }

export const completion = defineCommand<Options>({
  summary: 'print the completion for bash or zsh',
  description: 'Commands, options and their values, and the names of nodes and children.',
  arguments: [new Argument('<shell>', 'the shell it is for').choices(SHELLS)],
  options: [],
  examples: [
    ['source <(serfnode completion bash)', 'now, or in ~/.bashrc for ever'],
    ['source <(serfnode completion zsh)', 'the same for zsh, in ~/.zshrc'],
  ],
  place: 'anywhere',
  run: async ({ shell }, { out }) => {
    const { allWords } = await import('../completion/words.ts')
    const words = await allWords()
    if (shell === 'bash') out.write((await import('../completion/bash.ts')).bashScript(words))
    else out.write((await import('../completion/zsh.ts')).zshScript(words))
    return 0
  },
})
