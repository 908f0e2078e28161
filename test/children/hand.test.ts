import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Hand, noteHand } from '../../src/children/hand.ts'

describe('the hand of a user', () => {
  const after = (actions: string[], ours = false): Hand | undefined => {
    const hands = new Map<string, Hand>()
    for (const action of actions) {
      const [Action = '', signal = '15'] = action.split(' ')
      noteHand(hands, { Action, Actor: { ID: 'c', Attributes: { signal } } }, () => ours)
    }
    return hands.get('c')
  }
  test('is in docker stop and docker kill, until the container starts', () => {
    assert.equal(after(['kill', 'die', 'stop']), 'stopped')
    assert.equal(after(['kill', 'die']), 'killed')
    assert.equal(after(['die']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'start']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'destroy']), undefined)
    assert.equal(after(['kill', 'die', 'stop', 'kill']), 'stopped')
  })
  test('is not waited for after SIGKILL, unless a stop came to that', () => {
    assert.equal(after(['kill 9', 'die']), undefined)
    assert.equal(after(['kill 15', 'kill 9', 'die']), 'killed')
    assert.equal(after(['kill 9', 'die', 'stop']), 'stopped')
  })
  test('is not in what we do', () => assert.equal(after(['kill', 'die', 'stop'], true), undefined))
})
