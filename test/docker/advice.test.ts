import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { engineAdvice, isDiskFull } from '../../src/docker/advice.ts'
import { DockerError } from '../../src/docker/errors.ts'
import { refusal } from '../../src/docker/wire-errors.ts'

/** What engine 20.10 says, word for word, and what the advice has to be about. */
const SAID: [status: number, words: string, advice: RegExp][] = [
  [
    500,
    'write /var/lib/docker/overlay2/b8e6d135346d0afda2c4626ef7cafc7d91cd913533b9ea4b372986bdf3966331-init/link: no space left on device',
    /docker system df/,
  ],
  [
    500,
    'failed to update store for object type *libnetwork.endpoint: write /var/lib/docker/network/files/local-kv.db: no space left on device',
    /docker system df/,
  ],
  [
    500,
    'Error processing tar file(exit status 1): write /Dockerfile: no space left on device',
    /docker system df/,
  ],
  [404, 'No such image: nope:1', /docker build or docker pull/],
  [
    404,
    "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    /docker build or docker pull/,
  ],
  [
    404,
    'manifest for debian:nope not found: manifest unknown: manifest unknown',
    /docker build or docker pull/,
  ],
  [
    500,
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host',
    /registry cannot be reached/,
  ],
  [
    500,
    'driver failed programming external connectivity on endpoint x (b13aa70dd788): Bind for 0.0.0.0:18080 failed: port is already allocated',
    /docker ps/,
  ],
  [
    400,
    'OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
    /command and entrypoint/,
  ],
  [
    400,
    'invalid mount config for type "bind": bind source path does not exist: /nonexist',
    /folder on the host/,
  ],
]

describe('what an engine says when it refuses', () => {
  for (const [status, words, advice] of SAID) {
    test(`has advice: ${words.slice(0, 60)}`, () => {
      const said = refusal('do something', status, JSON.stringify({ message: words }))
      assert.match(engineAdvice(said) ?? '', advice)
      assert.match(engineAdvice(new Error('start child web', { cause: said })) ?? '', advice)
      assert.equal(isDiskFull(said), /no space left/.test(words))
    })
  }

  test('has none where there is none to give, or where it was not the engine', () => {
    assert.equal(engineAdvice(new DockerError('server', 'list: fault')), undefined)
    assert.equal(engineAdvice(new Error('no space left on device')), undefined)
    assert.equal(engineAdvice(undefined), undefined)
  })
})
