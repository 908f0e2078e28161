import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Figure, surplus, verdict } from '../../bench/kit/figure.ts'
import { renderReport, reportJson } from '../../bench/kit/report.ts'
import { max, median, p95 } from '../../bench/kit/stats.ts'
import { renderFigures, renderSteps } from '../../bench/kit/table.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at + 1).reverse()

const figure: Figure = { name: 'a', measured: 'from x until y', unit: 's', samples: [3, 1, 2] }

describe('statistics', () => {
  test('the median is the middle one, or lies between the two middle ones', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 3, 2]), 2.5)
    assert.equal(median([10, 9, 100]), 10)
  })

  test('the p95 is a sample that 95 % do not exceed', () => {
    assert.equal(p95(upTo(100)), 95)
    assert.equal(p95(upTo(20)), 19)
    assert.equal(p95(upTo(30)), 29)
    assert.equal(p95(upTo(2)), 2)
    assert.equal(p95([7]), 7)
    assert.equal(max(upTo(30)), 30)
  })

  test('no samples are an error and never a figure, and the samples stay as they were', () => {
    assert.throws(() => median([]), /no samples/)
    const samples = [2, 1]
    p95(samples)
    assert.deepEqual(samples, [2, 1])
  })
})

describe('a figure', () => {
  test('meets its target, or misses it, by the statistic that the target names', () => {
    assert.equal(verdict(figure), '')
    assert.equal(verdict({ ...figure, target: { of: 'median', atMost: 2 } }), 'met')
    assert.equal(verdict({ ...figure, target: { of: 'p95', atMost: 2 } }), 'MISSED')
    const better = { of: 'max', atMost: 90, better: 3 } as const
    assert.equal(verdict({ ...figure, target: better }), 'met (also 3)')
    assert.equal(verdict({ ...figure, target: { ...better, better: 2 } }), 'met')
  })

  test('is compared with the plain one pair by pair', () => {
    const paired = { ...figure, plain: { what: 'docker', samples: [1, 1, 1.5] } }
    assert.deepEqual(surplus(paired, 'more').samples, [2, 0, 0.5])
    assert.throws(() => surplus(figure, 'more'), /no pairs/)
  })

  test('is a row of a table with unit, target and the plain column', () => {
    const table = renderFigures([
      {
        ...figure,
        target: { of: 'p95', atMost: 2.5 },
        plain: { what: 'bare', samples: [1, 1, 1] },
      },
    ])
    const cells = table
      .split('\n')[2]
      ?.split('|')
      .map((cell) => cell.trim())
    assert.deepEqual(cells?.slice(1, -1), [
      ...['a', '2.00 s', '3.00 s', '3.00 s', '3', 'p95 ≤ 2.50 s', 'MISSED'],
      ...['1.00 s', '1.00 s', 'bare'],
    ])
    const widths = new Set(table.split('\n').map((line) => line.length))
    assert.equal(widths.size, 1)
  })

  test('tells its steps in the order of time, without those that never came', () => {
    const steps = { late: [2, 2], early: [1], never: [] }
    assert.equal(renderSteps({ ...figure, steps }), 'early 1.00 s, late 2.00 s')
  })
})

describe('the report', () => {
  const report = {
    machine: { cpu: '2 x slow' },
    tookS: 61,
    results: [
      { scenario: 'one', title: 'one thing', tookS: 60, figures: [figure] },
      { scenario: 'two', title: 'another', tookS: 1, figures: [], failed: 'no engine' },
    ],
  }

  test('says what each figure is, and what could not be measured', () => {
    const text = renderReport(report)
    assert.match(text, /^\| a +\| 2\.00 s/m)
    assert.match(text, /^- \*\*a\*\*: from x until y\.$/m)
    assert.match(text, /two was not measured\*\*: no engine/)
    assert.match(text, /^- cpu: 2 x slow$/m)
  })

  test('has all samples as JSON', () => {
    const [one] = JSON.parse(reportJson(report)).results
    assert.deepEqual(one.figures[0].samples, [3, 1, 2])
    assert.equal(one.figures[0].p95, 3)
    assert.equal(one.figures[0].n, 3)
  })
})
