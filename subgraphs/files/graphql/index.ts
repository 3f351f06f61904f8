import type { LivePubSub } from '../../../platform/events/live-updates';
import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Files } from '../files/files';
import type { Grants } from '../files/grants';
import type { SignedLinks } from '../files/signed-links';
import type { StagedUploads } from '../files/staged-uploads';
import type { FilesContext } from '../loaders';
import type { PresignedUploads } from '../resumable/presigned-uploads';
import type { Quarantine } from '../scanning/quarantine';
import type { Shares } from '../shares/shares';
import { AvatarResolver, UserProfile } from './avatar.resolver';
import { FileOwnerResolver, FileResolver } from './file.resolver';
import { QuarantineResolver } from './quarantine.resolver';
import { ServiceResolver } from './service.resolver';
import { FileShareResolver, SharingResolver } from './share.resolver';
import { Trace, TraceResolver } from './trace.resolver';
import { UploadResolver } from './upload.resolver';
import { fileOf } from './views';

export function subgraph({
  service,
  files,
  links,
  grants,
  shares,
  quarantine,
  staged,
  presigned,
  quotaBytes,
  pubSub,
}: {
  service: { startedAt: number };
  files: Files;
  links: SignedLinks;
  grants: Grants;
  shares: Shares;
  quarantine: Quarantine;
  staged: StagedUploads;
  presigned: PresignedUploads;
  quotaBytes: number;
  pubSub: LivePubSub;
}): Subgraph<FilesContext> {
  return {
    resolvers: [
      new ServiceResolver(service),
      new FileResolver(files, links),
      new FileOwnerResolver(files, quotaBytes),
      new SharingResolver(grants, shares),
      new FileShareResolver(shares),
      new AvatarResolver(),
      new QuarantineResolver(quarantine),
      new UploadResolver(staged, presigned),
      new TraceResolver(files),
    ],
    orphanedTypes: [UserProfile, Trace],
    pubSub,
    references: {
      User: ({ id }) => ({ id }),
      UserProfile: profile => profile,
      Trace: ({ id }) => ({ id }),
      File: ({ id }, { loaders }) => loaders.file.load(id).then(row => row && fileOf(row)),
    },
  };
}
