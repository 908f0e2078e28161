import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newHistory } from '../../src/children/history.ts'
import { type ChildrenView, createViews } from '../../src/children/view.ts'
import { keptLog } from '../support/kept-log.ts'
import { nodeFacts } from './facts.ts'
import { childSettings } from './settings.ts'

const views = (names: string[]) => {
  const log = keptLog()
  const shown: ChildrenView[] = []
  const made = createViews({
    own: nodeFacts(),
    children: names.map((name) => childSettings(name)),
    advertiseAt: 'container',
    log,
    onChange: (view) => shown.push(view),
    now: () => 0,
  })
  return { ...made, log, shown }
}

test('an engine in trouble is shown with each new cause, and logged once until it is well', () => {
  const { trouble, shown, log } = views([])
  for (const text of ['a', 'a', 'b', undefined, undefined]) trouble(text)
  assert.deepEqual(
    shown.map((view) => view.trouble),
    [undefined, 'a', 'b', undefined],
  )
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['warn', 'info'],
  )
})

test('the first view is there before the engine was asked: children wait, and the node is not up', () => {
  const { shown } = views(['app'])
  assert.equal(shown[0]?.up, false)
  assert.deepEqual(shown[0]?.children[0]?.waiting_for, ['the Docker engine'])
  assert.equal(views([]).shown[0]?.up, true)
})

test('a node that stops is not up', () => {
  const { shown, stopping } = views([])
  stopping()
  assert.equal(shown.at(-1)?.up, false)
})

test('children that were stopped with their node are shown so, but for those that had ended', () => {
  const { show, shown, stopping, stopped } = views(['app', 'job', 'new'])
  const states = { app: 'running', job: 'backoff', new: 'starting' } as const
  const children = ['app', 'job', 'new'].map((name) => ({
    ...{ settings: childSettings(name), containers: [], history: newHistory() },
  }))
  const decisions = new Map(Object.entries(states).map(([name, state]) => [name, { state }]))
  const hands = new Map()
  const world = { now: 0, nodeStartedAt: 0, children, unwanted: [], hands, hasRole: () => false }
  const observation = { own: nodeFacts().inspect, children: [], donors: new Map() }
  show(world, decisions, observation, () => [])
  stopping()
  stopped()
  const seen = shown.map(({ processes }) => processes.map(({ state }) => state).join(' '))
  assert.deepEqual(seen.slice(-3), [
    'running backoff starting',
    'stopping backoff starting',
    'stopped backoff stopped',
  ])
})
