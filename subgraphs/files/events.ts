/** Published by files: a file was stored. */
export const fileUploaded = 'file.uploaded';

/** Published by files: name, tags or visibility of a file changed. */
export const fileUpdated = 'file.updated';

/** Published by files: a file and its bytes were deleted. */
export const fileDeleted = 'file.deleted';

/** The data of each of these events. */
export interface FileEvent {
  fileId: string;
  ownerId: string;
}
