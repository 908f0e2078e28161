import { type Setting, settingList } from './settings.ts'

/** The variables of a node for `--help`, wrapped at `width` columns. */
export const settingsHelp = (width = 80): string => {
  const rows = settingList.filter(({ variables }) => variables.length > 0)
  const indent = Math.max(...rows.map(({ variables }) => variables.join(', ').length)) + 4
  return rows
    .map((setting) => {
      const names = `  ${setting.variables.join(', ')}`.padEnd(indent)
      const words = `${plain(setting.meaning)} (default: ${defaultText(setting)})`
      return names + wrap(words, width - indent).join(`\n${' '.repeat(indent)}`)
    })
    .join('\n')
}

/** The default as people read it. */
export const defaultText = (setting: Setting<unknown>): string =>
  setting.otherwise ?? String(setting.default)

const plain = (text: string): string => text.replaceAll('`', '')

const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
