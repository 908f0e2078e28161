import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ensureImage } from '../../src/children/image.ts'
import { DockerError } from '../../src/docker/errors.ts'

describe('an image', () => {
  const missing = new DockerError('not-found', 'pull image x: no such image')
  const ensure = async (
    pull: 'always' | 'missing' | 'never',
    isHere: boolean,
    answer: Error | 'ok',
  ) => {
    const done: string[] = []
    const info = { Id: 'x', RepoTags: [], Created: '', Architecture: '', Os: '', Size: 0 }
    const config = {
      Env: [],
      Labels: {},
      ExposedPorts: {},
      Volumes: {},
      Cmd: null,
      Entrypoint: null,
    }
    const docker = {
      inspectImage: async () => (isHere ? { ...info, Config: config } : undefined),
      pullImage: async () => {
        done.push('pull')
        if (answer !== 'ok') throw answer
      },
    }
    const options = { signal: new AbortController().signal, onPull: () => {} }
    const result = await ensureImage(docker, { image: 'x', pull }, options).catch(
      (error) => error.code,
    )
    return [...done, result]
  }
  test('is pulled when missing, always, or never', async () => {
    assert.deepEqual(await ensure('missing', true, missing), [undefined])
    assert.deepEqual(await ensure('missing', false, 'ok'), ['pull', undefined])
    assert.deepEqual(await ensure('missing', false, missing), ['pull', 'image'])
    assert.deepEqual(await ensure('never', false, 'ok'), ['image'])
    assert.deepEqual(await ensure('always', true, 'ok'), ['pull', undefined])
    assert.deepEqual(await ensure('always', false, missing), ['pull', 'image'])
  })
  test('that is here serves when always fails to pull, with a warning', async () => {
    const [, warning] = await ensure('always', true, missing)
    assert.match(String(warning), /the image that is here.*no such image/)
  })
})
