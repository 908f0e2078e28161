import type { Project } from '../../config/project.ts'
import { bundleModules } from './bundle-modules.ts'
import { checkTypes } from './check-types.ts'
import { mayCopy } from './dockerfile.ts'
import { HANDLERS_FOLDER, type ProjectHandlers, projectHandlers } from './project-handlers.ts'

export type PlannedHandlers = ProjectHandlers & {
  /** Texts to put into the image beside the modules, by their paths. */
  bundles: Record<string, string>
}

const NO_TOOLS =
  'esbuild and TypeScript are not here: handler modules are copied as they are, unchecked'
const NO_TYPES = 'TypeScript is not here: the types of handler modules are not checked'

/** What the image needs for a project's handlers. Throws ConfigError for what is wrong in modules. */
export const planHandlers = async (
  dir: string,
  written: Project['handlers'] | undefined,
  dockerfile: string | undefined,
): Promise<PlannedHandlers> => {
  const found = await projectHandlers(dir, written)
  const warnings = [...found.warnings]
  if (found.hasFolder && dockerfile !== undefined && !mayCopy(dockerfile, HANDLERS_FOLDER)) {
    warnings.push('the Dockerfile does not copy handlers/: add COPY handlers /handlers')
  }
  if (found.modules.length === 0) return { ...found, warnings, bundles: {} }
  const bundles = await bundleModules(dir, found.modules)
  const checked = await checkTypes(dir, found.modules)
  if (!bundles) warnings.push(NO_TOOLS)
  else if (!checked) warnings.push(NO_TYPES)
  return { ...found, warnings, bundles: bundles ?? {} }
}
