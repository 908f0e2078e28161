/**
 * `repository` and tag or digest of an image's name; the tag is `latest` when there is none. A colon
 * before a slash belongs to the registry's port.
 */
export const splitTag = (ref: string): [string, string] => {
  const digest = ref.indexOf('@')
  if (digest >= 0) return [ref.slice(0, digest), ref.slice(digest + 1)]
  const colon = ref.indexOf(':', ref.lastIndexOf('/') + 1)
  return colon < 0 ? [ref, 'latest'] : [ref.slice(0, colon), ref.slice(colon + 1)]
}
