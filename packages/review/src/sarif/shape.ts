/** The parts of SARIF 2.1.0 that we write; names and meanings are the standard's. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: '2.1.0';
  readonly runs: SarifRun[];
}

export interface SarifRun {
  readonly tool: {
    readonly driver: {
      readonly name: string;
      readonly version: string;
      readonly semanticVersion: string;
      readonly rules: SarifRule[];
    };
  };
  readonly columnKind: 'utf16CodeUnits';
  readonly originalUriBaseIds: Record<string, { readonly description: Text }>;
  readonly automationDetails: { readonly id: string };
  readonly invocations: {
    readonly executionSuccessful: boolean;
    readonly toolExecutionNotifications: SarifNotification[];
  }[];
  readonly results: SarifResult[];
  readonly properties: Record<string, unknown>;
}

interface Text {
  readonly text: string;
}

export type SarifLevel = 'error' | 'warning' | 'note';

export interface SarifNotification {
  readonly level: 'note';
  readonly message: Text;
}

export interface SarifRule {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: Text;
  readonly fullDescription: Text;
  readonly help: Text & { readonly markdown: string };
  readonly helpUri?: string;
  readonly defaultConfiguration: { readonly level: SarifLevel };
  /** `security-severity` and `tags` are what code scanning on GitHub reads. */
  readonly properties: { readonly tags: string[]; readonly 'security-severity'?: string };
}

export interface SarifRegion {
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly snippet?: Text;
}

interface SarifArtifact {
  readonly uri: string;
  readonly uriBaseId: 'SRCROOT';
}

export interface SarifFix {
  readonly description: Text;
  readonly artifactChanges: {
    readonly artifactLocation: SarifArtifact;
    readonly replacements: { readonly deletedRegion: SarifRegion; readonly insertedContent: Text }[];
  }[];
}

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: SarifLevel;
  readonly message: Text;
  readonly locations: {
    readonly physicalLocation: { readonly artifactLocation: SarifArtifact; readonly region: SarifRegion };
  }[];
  readonly partialFingerprints: Record<string, string>;
  /** In [0, 100]: how likely the team wants to see it. */
  readonly rank: number;
  readonly fixes?: SarifFix[];
  readonly suppressions?: { readonly kind: 'external'; readonly status: 'accepted'; readonly justification: string }[];
  readonly hostedViewerUri?: string;
  readonly properties: Record<string, unknown>;
}
