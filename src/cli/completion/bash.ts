import type { CommandWords, Kind } from './words.ts'

const fill = (kind: Kind): string => {
  switch (kind.type) {
    case 'words':
      return `words='${kind.words.join(' ')}'`
    case 'names':
      return `words=$(serfnode __complete ${kind.of} 2>/dev/null)`
    case 'files':
      return `compopt -o default; return`
    case 'anything':
      return 'return'
  }
}

/** What follows an option that takes a value. */
const valueCases = (commands: readonly CommandWords[]): string[] =>
  commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, value }) =>
      value ? `    ${flags.map((flag) => `${name}:${flag}`).join('|')}) ${fill(value)} ;;` : [],
    ),
  )

const argumentCases = (commands: readonly CommandWords[]): string[] =>
  commands.flatMap((command) =>
    command.arguments.map(
      ({ kind, repeats }, at) => `    ${command.name}:${repeats ? '*' : at}) ${fill(kind)} ;;`,
    ),
  )

/** The completion for bash: what is fixed stands in it, names are asked for. */
export const bashScript = (commands: readonly CommandWords[]): string => {
  const names = commands.map(({ name }) => name)
  const taking = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, value }) => (value ? flags.map((flag) => `${name}:${flag}`) : [])),
  )
  return `# bash completion for serfnode, printed by: serfnode completion bash
_serfnode() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= count=0 words= at
  # --option=value comes as three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ \${COMP_WORDS[at]} == [-=]* ]]; then continue; fi
    case "$command:\${COMP_WORDS[at-1]}" in
      *:=|${taking.join('|')}) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[at]}; else count=$((count + 1)); fi ;;
    esac
  done
  COMPREPLY=()
  case "$command:$prev" in
${valueCases(commands).join('\n')}
  esac
  if [[ -z $words && $cur == -* ]]; then
    case $command in
${commands.map(({ name, options }) => `      ${name}) words='${options.flatMap(({ flags }) => flags).join(' ')}' ;;`).join('\n')}
      '') words='--help --version' ;;
    esac
  elif [[ -z $words ]]; then
    case "$command:$count" in
    :0) words='${[...names, 'help'].join(' ')}' ;;
    help:0) words='${names.join(' ')}' ;;
${argumentCases(commands).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _serfnode serfnode
`
}
