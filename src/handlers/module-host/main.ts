import { Socket } from 'node:net'
import { runModule } from './run-module.ts'

/** The descriptor of the agent's pipe; 0 to 2 belong to the user's code. */
const PIPE = 3

const file = process.argv[2]
if (file === undefined) throw new Error('usage: module-host FILE')
void runModule(file, new Socket({ fd: PIPE, readable: true, writable: true }))
