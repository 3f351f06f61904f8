import { urls } from './client';

export interface StoredFile {
  id: string;
  filename: string;
  content_type: string;
  size: number;
  owner_id: string;
  is_public: boolean;
  tags: string[];
}

/** Uploads one file through the gateway. */
export async function uploadFile(
  token: string,
  content: string | Buffer,
  options: {
    name?: string;
    type?: string;
    fields?: Record<string, string>;
    headers?: Record<string, string>;
  } = {},
): Promise<StoredFile> {
  const form = new FormData();
  for (const [name, value] of Object.entries(options.fields ?? {})) form.append(name, value);
  form.append(
    'file',
    new Blob([content], { type: options.type ?? 'text/plain' }),
    options.name ?? 'file.txt',
  );
  const response = await fetch(`${urls.gateway}/files/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...options.headers },
    body: form,
  });
  if (response.status !== 201) throw new Error(`upload: ${response.status} ${await response.text()}`);
  return (await response.json()) as StoredFile;
}
