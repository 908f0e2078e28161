const SECRET_NAME = /PASSW|SECRET|TOKEN|KEY|CREDENTIAL|AUTH/i
const TOKEN = /SN1-[^\s"',;]*/gi
/** `scheme://user:PASSWORD@host` */
const URL_PASSWORD = /(:\/\/[^/\s:@]*:)[^@\s/]+@/g

/**
 * An environment entry as it may be shown: the value masked when the name says that it is a
 * secret, tokens and passwords in URLs masked in any value.
 */
export const maskEnv = (entry: string): string => {
  const at = entry.indexOf('=')
  if (at < 0) return entry
  const [name, value] = [entry.slice(0, at), entry.slice(at + 1)]
  // A path to a secret is none.
  if (SECRET_NAME.test(name) && !name.endsWith('_FILE') && value !== '') return `${name}=********`
  return `${name}=${value.replace(TOKEN, 'SN1-********').replace(URL_PASSWORD, '$1********@')}`
}
