import { spawn } from 'node:child_process';
import { projectRoot } from '../../platform/project-root';

export interface SubgraphSchema {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

export type Composition = { readonly supergraphSdl: string } | { readonly errors: readonly string[] };

const timeoutMs = 60_000;
const maxOutput = 32 * 1024 * 1024;

/** A line of input with the schemas, a line of output with the result. */
const program = `
const { composeServices } = require('@apollo/composition');
const { parse } = require('graphql');
let text = '';
process.stdin.setEncoding('utf8').on('data', part => { text += part; }).on('end', () => {
  let result;
  try {
    const services = JSON.parse(text).map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
    const { errors, supergraphSdl } = composeServices(services);
    result = errors && errors.length > 0 ? { errors: errors.map(error => error.message) } : { supergraphSdl };
  } catch (error) {
    result = { errors: [error.message] };
  }
  process.stdout.write(JSON.stringify(result));
});`;

/**
 * Composes a supergraph in a process of its own: composition takes a good part of a second, in which this one would answer nobody, and
 * memory that is free again afterwards. The process gets no variables of this one: they contain secrets.
 */
export function compose(subgraphs: readonly SubgraphSchema[]): Promise<Composition> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--max-old-space-size=384', '-e', program], {
      cwd: projectRoot(),
      env: {},
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
      if (output.length > maxOutput) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      errors = (errors + part).slice(-2_000);
    });
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      try {
        resolve(JSON.parse(output) as Composition);
      } catch {
        reject(new Error(`Composition ended with ${signal ?? code}: ${errors}`));
      }
    });
    child.stdin.end(JSON.stringify(subgraphs));
  });
}
