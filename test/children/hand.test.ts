import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Hand, noteHand } from '../../src/children/hand.ts'

describe('the hand of a user', () => {
  const after = (actions: string[], ours = false): Hand | undefined => {
    const hands = new Map<string, Hand>()
    for (const Action of actions)
      noteHand(hands, { Action, Actor: { ID: 'c', Attributes: {} } }, () => ours)
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
  test('is not in what we do', () => assert.equal(after(['kill', 'die', 'stop'], true), undefined))
})
