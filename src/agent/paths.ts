/** Where a node keeps what lives as long as its container runs; each file in it is closed. */
export const RUN_DIR = '/run/serfnode'
export const BOOT_FILE = `${RUN_DIR}/boot.json`
/** The own container as the engine showed it last. */
export const OWN_FILE = `${RUN_DIR}/own.json`
export const STATUS_FILE = `${RUN_DIR}/status.json`
/** The history of events; see `events/journal`. */
export const EVENTS_FILE = `${RUN_DIR}/events.jsonl`
export const RPC_AUTH_FILE = `${RUN_DIR}/rpc-auth`
export const SERF_CONFIG_FILE = `${RUN_DIR}/serf/config.json`
/** There when the container is being stopped, and not only the agent. */
export const STOPPING_FILE = `${RUN_DIR}/stopping`
/** How long PID 1 waits for the agent when the container is stopped. */
export const STOP_MS_FILE = `${RUN_DIR}/stop-ms`
/** What `serfnode handlers` shows. */
export const HANDLERS_FILE = `${RUN_DIR}/handlers.json`
/** A folder for each handler's own use. */
export const HANDLER_DIRS = `${RUN_DIR}/handlers`
export const SERVICES_DIR = '/run/service'
/** The folder that children share with the node, and may write to. */
export const SHARED_DIR = '/serfnode'
export const PROJECT_FILE = '/serfnode.yml'
/** The project's handlers in the image. */
export const HANDLERS_DIR = '/handlers'
/** Loads a handler module; without compilers and with a bounded heap, as the agent itself. */
export const MODULE_HOST = [
  '/usr/local/bin/node',
  '--optimize-for-size',
  '--no-opt',
  '--no-maglev',
  '--max-semi-space-size=1',
  '--max-old-space-size=128',
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
  '--enable-source-maps',
  '/usr/lib/serfnode/module-host.cjs',
]
export const HOSTS_FILE = '/etc/hosts'
export const RESOLV_CONF = '/etc/resolv.conf'
/** What dnsmasq reads; open to its user. */
export const DNS_DIR = `${RUN_DIR}/dns`
/** The HTTP API with all rights; children do not see it. */
export const CONTROL_SOCKET = `${RUN_DIR}/control.sock`
/** Serf's uid and gid: high, so that it is never a group of the host. */
export const SERF_UID = 60_000
