import type { CommandWords, Kind, OptionWords } from './words.ts'

/** In single quotes for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Inside a spec of _arguments or _describe, where colons and brackets part things. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

const actionOf = (kind: Kind): string => {
  switch (kind.type) {
    case 'words':
      return `(${kind.words.join(' ')})`
    case 'names':
      return `_serfnode_${kind.of}`
    case 'files':
      return '_files'
    case 'anything':
      return ''
  }
}

const optionSpecs = ({ flags, meaning, value, repeats }: OptionWords): string[] =>
  flags.map((flag) => {
    // One of an option's names is enough, unless it may come again.
    const others = repeats ? '*' : flags.length > 1 ? `(${flags.join(' ')})` : ''
    const equals = value && flag.startsWith('--') ? '=' : ''
    const action = value ? `:value:${actionOf(value)}` : ''
    return quoted(`${others}${flag}${equals}[${plain(meaning)}]${action}`)
  })

const commandCase = (command: CommandWords): string => {
  const places = command.arguments.map(({ name, kind, repeats }, at) =>
    quoted(`${repeats ? '*' : at + 1}:${plain(name)}:${actionOf(kind)}`),
  )
  const specs = [...command.options.flatMap(optionSpecs), ...places]
  return `    ${command.name})\n      _arguments -s ${specs.join(' \\\n        ')} ;;`
}

/** The completion for zsh: what is fixed stands in it, with its meaning; names are asked for. */
export const zshScript = (commands: readonly CommandWords[]): string => `#compdef serfnode
# zsh completion for serfnode, printed by: serfnode completion zsh
_serfnode_nodes() {
  compadd -- \${(f)"$(serfnode __complete nodes 2>/dev/null)"}
}
_serfnode_targets() {
  compadd -- \${(f)"$(serfnode __complete targets 2>/dev/null)"}
}
_serfnode() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${plain(summary)}`)}`).join('\n')}
    'help:display help for a command'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _describe command commands ;;
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _serfnode "$@"
else
  # Sourced from .zshrc, maybe before compinit.
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _serfnode serfnode
fi
`
