import type { ChildSettings } from '../../src/config/types.ts'

/** A child as the configuration hands it over, with only what a test says. */
export const childSettings = (name: string, rest: Partial<ChildSettings> = {}): ChildSettings => ({
  name,
  image: 'serfnode-base:trixie',
  pull: 'missing',
  command: ['sleep', '1000'],
  environment: {},
  volumes: [],
  volumes_from: [],
  privileged: false,
  cap_add: [],
  cap_drop: [],
  links: [],
  needs: [],
  wants: [],
  ports: [],
  expose: [],
  tmpfs: {},
  labels: {},
  read_only: false,
  init: false,
  ...rest,
})
