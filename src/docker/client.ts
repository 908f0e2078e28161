import { type Archives, archives } from './archive.ts'
import { type Build, build } from './build.ts'
import { connection } from './connection.ts'
import { type Containers, containers } from './containers.ts'
import { type Events, events } from './events.ts'
import { type Exec, exec } from './exec.ts'
import { type Images, images } from './images.ts'
import { type Logs, logs } from './logs.ts'
import { type Networks, networks } from './networks.ts'
import { type Pull, pull } from './pull.ts'
import { type ReadText, readText } from './read-text.ts'
import { type System, system } from './system.ts'
import { type Volumes, volumes } from './volumes.ts'

export type { FileToWrite } from './archive.ts'
export type { BuildOptions, BuildProgress } from './build.ts'
export type * from './container-types.ts'
export { DockerError, type DockerErrorCode, isDockerError } from './errors.ts'
export type { DockerEvent, DockerEvents, EventsOptions } from './events.ts'
export type { ExecOptions, ExecStream, ExecStreamOptions } from './exec.ts'
export type { ImageInspect, ImageSummary } from './images.ts'
export type { LogsOptions, OutputChunk } from './logs.ts'
export type { Network } from './networks.ts'
export type { PullOptions, PullProgress } from './pull.ts'
export type { Info, Version } from './system.ts'
export type { Volume } from './volumes.ts'

/** Every method rejects with DockerError, or with the signal's reason when the caller aborted. */
export type Docker = System &
  Containers &
  Logs &
  Exec &
  Archives &
  ReadText &
  Images &
  Pull &
  Build &
  Events &
  Volumes &
  Networks

/**
 * A client of the engine at `socketPath`. Nothing happens until the first call; there is nothing to
 * close, since each call has its own connection. `timeoutMs` is for calls that read; those that
 * create, start or remove have six times as long.
 */
export const connectDocker = ({
  socketPath,
  timeoutMs = 5000,
}: {
  socketPath: string
  timeoutMs?: number
}): Docker => {
  const engine = connection(socketPath, timeoutMs)
  const inside = { ...exec(engine), ...archives(engine) }
  return {
    ...system(engine),
    ...containers(engine),
    ...logs(engine),
    ...inside,
    ...readText(inside),
    ...images(engine),
    ...pull(engine),
    ...build(engine),
    ...events(engine),
    ...volumes(engine),
    ...networks(engine),
  }
}
