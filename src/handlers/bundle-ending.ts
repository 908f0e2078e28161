/** What `serfnode build` makes of a module, beside it: `deploy.ts.bundle.mjs`. */
export const BUNDLE_ENDING = '.bundle.mjs'
