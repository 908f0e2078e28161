import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitReason } from '../../src/children/exit-reason.ts'

test('the reason of an end is said in words', () => {
  const words = (exitCode: number, oom = false) => exitReason({ exitCode, oom })
  assert.equal(words(0), 'exited with code 0')
  assert.equal(words(137), 'ended by SIGKILL (code 137)')
  assert.equal(words(137, true), 'ran out of memory (code 137)')
  assert.equal(words(255), 'exited with code 255')
})
