import type { Command } from '../command.ts'
import { asFields, asNumber, fieldsField, flagField, listField, numberField } from '../fields.ts'

export type GetCoordinateRequest = { name: string }

/** A place in the network's space of round-trip times; all but `error` are seconds. */
export type SerfCoordinate = {
  vec: number[]
  error: number
  adjustment: number
  height: number
}

// > {Node: str}
// < {Coord: {Vec: [float64], Error, Adjustment, Height}, Ok: bool}
export const getCoordinate: Command<GetCoordinateRequest, SerfCoordinate | undefined> = {
  name: 'get-coordinate',
  request: ({ name }) => ({ Node: name }),
  response: (body) => {
    const fields = asFields(body, 'body')
    if (!flagField(fields, 'Ok')) return undefined
    const coordinate = fieldsField(fields, 'Coord')
    return {
      vec: listField(coordinate, 'Vec', asNumber),
      error: numberField(coordinate, 'Error'),
      adjustment: numberField(coordinate, 'Adjustment'),
      height: numberField(coordinate, 'Height'),
    }
  },
}
