import { listSubgraphs } from '../../platform/subgraph-list';

/**
 * The services that take part when a user is deleted or exports their data: those of rover.yaml that have a folder in
 * `subgraphs/`. A request that was made before a service was listed does not wait for it.
 */
export function participants(): string[] {
  return listSubgraphs().flatMap(({ name, folder }) => (folder === undefined ? [] : [name]));
}
