/** Where a node keeps what lives as long as its container runs; each file in it is closed. */
export const RUN_DIR = '/run/serfnode'
export const BOOT_FILE = `${RUN_DIR}/boot.json`
/** The own container as the engine showed it last. */
export const OWN_FILE = `${RUN_DIR}/own.json`
export const STATUS_FILE = `${RUN_DIR}/status.json`
export const RPC_AUTH_FILE = `${RUN_DIR}/rpc-auth`
export const SERF_CONFIG_FILE = `${RUN_DIR}/serf/config.json`
/** There when the container is being stopped, and not only the agent. */
export const STOPPING_FILE = `${RUN_DIR}/stopping`
/** How long PID 1 waits for the agent when the container is stopped. */
export const STOP_MS_FILE = `${RUN_DIR}/stop-ms`
export const SERVICES_DIR = '/run/service'
/** The folder that children share with the node, and may write to. */
export const SHARED_DIR = '/serfnode'
export const PROJECT_FILE = '/serfnode.yml'
export const HOSTS_FILE = '/etc/hosts'
/** Serf's uid and gid: high, so that it is never a group of the host. */
export const SERF_UID = 60_000
