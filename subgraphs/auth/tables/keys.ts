import { Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** A key that signs access tokens until `signsFrom` of its successor. */
@Entity('signing_keys')
export class SigningKeyRow {
  /** An increasing number: of two instances that create the next key, the database lets one succeed. */
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

/** A random secret of all instances of this service. */
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

  /** The public digits of the key; unique. */
  @TextColumn()
  prefix: string;

  /** SHA-256 of the secret, whose 256 random bits need no slower hash. */
  @TextColumn()
  secretHash: string;

  @JsonColumn()
  scopes: string[];

  /** The account that created it. */
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
