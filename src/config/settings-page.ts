import { childKeys } from './child-keys.ts'
import { handlerKeys } from './handlers.ts'
import { type Setting, settingList } from './settings.ts'
import { defaultText } from './settings-help.ts'
import type { Field } from './shape.ts'

/** docs/settings.md, made of the tables; `npm test` fails when the file differs. */
export const settingsPage = (): string =>
  [
    INTRODUCTION,
    '## The node',
    NODE,
    table(
      ['variable', '`serfnode:` key', 'default', 'meaning'],
      settingList.map((setting) => [
        setting.variables.map(code).join(', ') || '-',
        setting.key === false ? '-' : code(setting.name),
        defaultOf(setting),
        setting.meaning,
      ]),
    ),
    OTHERS,
    '## The children',
    CHILDREN,
    table(
      ['key', 'meaning'],
      Object.entries<Field<never>>(childKeys as never).map(([name, { meaning, required }]) => [
        code(name),
        `${meaning}${required ? ' Required.' : ''}`,
      ]),
    ),
    '## The handlers',
    HANDLERS,
    table(
      ['key', 'meaning'],
      Object.entries<Field<never>>(handlerKeys as never).map(([name, { meaning, required }]) => [
        code(name),
        `${meaning}${required ? ' Required.' : ''}`,
      ]),
    ),
    END,
  ].join('\n\n')

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

const code = (text: string): string => `\`${text}\``

const defaultOf = (setting: Setting<unknown>): string =>
  setting.otherwise === undefined ? code(defaultText(setting)) : defaultText(setting)

const INTRODUCTION = `# Settings

<!-- Made by scripts/generate-docs.ts from src/config: change it there. -->

A node takes its settings from variables (\`docker run -e ROLE=web ...\`) and from \`/serfnode.yml\` in
its image. A variable beats the file, the file beats the default; an empty variable counts as not
given. Everything is checked before anything starts, and up to ten mistakes are shown at once with
file, line and column:

\`\`\`
serfnode.yml:4:5: children.web: unknown key "imge"; did you mean "image"?
\`\`\`

\`serfnode validate\` checks a project without starting it. Editors that know JSON Schema complete
and check serfnode.yml by \`serfnode.schema.json\`.`

const NODE = `The keys stand under \`serfnode:\` in serfnode.yml.`

const OTHERS = `Other variables that begin with \`SERFNODE_\` are refused, so that a slip is noticed. The token has no
key: images are made of serfnode.yml, and whoever has an image has what is in it.`

const CHILDREN = `Under \`children:\` stands a map, as in Compose:

\`\`\`yaml
children:
  app:
    image: my-app
    links: [db]
  db:
    image: mariadb
    volumes: ['data:/var/lib/mysql']
\`\`\`

Then those start first that others name in \`links\` or \`volumes_from\` (\`db\`), else the order is the
file's. Or it is a list with one child each; then the list is the order of start:

\`\`\`yaml
children:
  - db:
      image: mariadb
  - app:
      image: my-app
      links: [db]
\`\`\`

Children of a node share one network: they reach each other on \`localhost\`, and two cannot listen on
the same port. Keys that begin with \`x-\` are passed over; anchors, aliases and \`<<\` work. Variables
such as \`\${NAME}\` are not replaced.`

const HANDLERS = `Files in the folder \`handlers/\` are found by their names; see [handlers.md](handlers.md). Under
\`handlers:\` stands a map from events to files, for other names and to say how a file is run:

\`\`\`
handlers:
  user:deploy: ./deploy.sh
  query:load: { file: ./load.py, timeout: 5s, concurrency: 4 }
\`\`\`

An event is \`user:NAME\`, \`query:NAME\`, \`user\` or \`query\` (all of them), \`member-join\`, \`member-leave\`,
\`member-failed\`, \`member-update\`, \`member-reap\` (short: \`join\`, \`leave\`, \`fail\`, \`update\`, \`reap\`),
\`supervisor\`, \`start\`, \`stop\` or \`*\`. Several events may name one file: it is one handler then.`

const END = `## Limits

serfnode.yml and every env_file: 1 MiB of UTF-8; 500 children; 50 levels; 100,000 values once
aliases are resolved.
`
