import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Files } from '../files/files';
import type { Grants } from '../files/grants';
import type { SignedLinks } from '../files/signed-links';
import type { FilesContext } from '../loaders';
import type { Shares } from '../shares/shares';
import { FileOwnerResolver, FileResolver } from './file.resolver';
import { ServiceResolver } from './service.resolver';
import { FileShareResolver, SharingResolver } from './share.resolver';
import { fileOf } from './views';

export function subgraph({
  service,
  files,
  links,
  grants,
  shares,
  quotaBytes,
}: {
  service: { startedAt: number };
  files: Files;
  links: SignedLinks;
  grants: Grants;
  shares: Shares;
  quotaBytes: number;
}): Subgraph<FilesContext> {
  return {
    resolvers: [
      new ServiceResolver(service),
      new FileResolver(files, links),
      new FileOwnerResolver(files, quotaBytes),
      new SharingResolver(grants, shares),
      new FileShareResolver(shares),
    ],
    references: {
      User: ({ id }) => ({ id }),
      File: ({ id }, { loaders }) => loaders.file.load(id).then(row => row && fileOf(row)),
    },
  };
}
