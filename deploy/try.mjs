// Starts a whole deployment on this machine from Debian's packages (nats-server, postgresql), puts a load on it, kills one
// process of each kind with -9 meanwhile, and checks that every pull request was reviewed once and every comment made once.
//
//   node deploy/try.mjs [--pulls 200] [--each 2] [--duplicates 0.2] [--at-once 4] [--no-kills]
//
// Exit code 0 when everything happened once. It listens on free ports of loopback and stops all it started.
import { parseArgs } from 'node:util';
import { runTrial } from '../packages/testing/src/trial/trial.ts';

const { values } = parseArgs({
  options: {
    pulls: { type: 'string', default: '200' },
    each: { type: 'string', default: '2' },
    duplicates: { type: 'string', default: '0.2' },
    'at-once': { type: 'string', default: '4' },
    'no-kills': { type: 'boolean', default: false },
  },
});
const options = {
  pulls: Number(values.pulls),
  each: Number(values.each),
  duplicates: Number(values.duplicates),
  atOnce: Number(values['at-once']),
  kills: !values['no-kills'],
};
const { passed, text } = await runTrial(options, (line) => console.log(line));
console.log(`\n${text}`);
process.exitCode = passed ? 0 : 1;
