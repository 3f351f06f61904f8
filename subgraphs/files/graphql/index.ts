import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Files } from '../files/files';
import type { SignedLinks } from '../files/signed-links';
import type { FilesContext } from '../loaders';
import { FileOwnerResolver, FileResolver } from './file.resolver';
import { ServiceResolver } from './service.resolver';
import { fileOf } from './views';

export function subgraph({
  service,
  files,
  links,
  quotaBytes,
}: {
  service: { startedAt: number };
  files: Files;
  links: SignedLinks;
  quotaBytes: number;
}): Subgraph<FilesContext> {
  return {
    resolvers: [
      new ServiceResolver(service),
      new FileResolver(files, links),
      new FileOwnerResolver(files, quotaBytes),
    ],
    references: {
      User: ({ id }) => ({ id }),
      File: ({ id }, { loaders }) => loaders.file.load(id).then(row => row && fileOf(row)),
    },
  };
}
