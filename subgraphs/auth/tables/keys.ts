import { Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** A key that signs access tokens. Its successor's `signsFrom` ends its signing. */
@Entity('signing_keys')
export class SigningKeyRow {
  /** Counts up: of two instances that make the next key at once, the database lets one. */
  @PrimaryColumn('integer')
  number: number;

  @TextColumn()
  kid: string;

  @JsonColumn()
  publicJwk: { kty: string; crv: string; x: string; y: string };

  /** PKCS #8 in PEM, encrypted in the context `signing_keys.private_key:<kid>`. */
  @TextColumn()
  privateKey: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  signsFrom: number;
}

/** A random secret that the instances of this service share. */
@Entity('secrets')
export class SecretRow {
  @PrimaryColumn('text')
  name: string;

  /** Base64, encrypted in the context `secrets:<name>`. */
  @TextColumn()
  value: string;
}

/** A credential for scripts and services. */
@Entity('api_keys')
export class ApiKeyRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  /** The digits that are shown to recognise it; unique. */
  @TextColumn()
  prefix: string;

  /** SHA-256 of the secret, which has 256 random bits: nothing slower would protect it better. */
  @TextColumn()
  secretHash: string;

  @JsonColumn()
  scopes: string[];

  /** The account that made it. */
  @TextColumn()
  createdBy: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  expiresAt: number | null;

  @InstantColumn({ nullable: true })
  lastUsedAt: number | null;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;
}
