import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { ChangeSet } from '@continuum/contract/change-set';
import { Facts, Finding, Judgement, Reason, Review, Suggestion } from '@continuum/contract/finding';
import * as http from '@continuum/contract/http';
import { GateResult, Layer } from '@continuum/contract/layer';
import {
  Consent,
  Feedback,
  Memory,
  OpenAIMessage,
  RememberedFinding,
  TrainingExample,
} from '@continuum/contract/learning';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { Author, Message, MessageSource, PersonLink, Reaction, RoomView } from '@continuum/contract/room';
import { TrainingProgress } from '@continuum/contract/training-job';

const COMPONENTS = {
  ...{ Author, ChangeSet, Consent, Facts, Feedback, Finding, GateResult, Judgement, Layer, Memory },
  ...{
    Message,
    MessageSource,
    OpenAIMessage,
    PersonaDefinition,
    PersonLink,
    Reaction,
    Reason,
    RememberedFinding,
    Review,
    RoomView,
    ScopeDefinition,
  },
  ...{ Suggestion, TrainingExample, TrainingProgress },
  ...{ AuditState: http.AuditState, OperationsView: http.OperationsView, TargetView: http.TargetView },
  ...{ AuditView: http.AuditView, DeadLetterView: http.DeadLetterView, ErrorBody: http.ErrorBody },
  ...{ EventView: http.EventView, FindingDetail: http.FindingDetail, HeadlineMetrics: http.HeadlineMetrics },
  ...{ MessageView: http.MessageView, PostConsent: http.PostConsent, PostDecision: http.PostDecision },
  ...{ PostFeedback: http.PostFeedback, PostMessage: http.PostMessage, PostReaction: http.PostReaction },
  ...{ PostReplay: http.PostReplay, PostReview: http.PostReview, Readiness: http.Readiness },
  ...{ ReviewAnswer: http.ReviewAnswer, RoomSummary: http.RoomSummary },
};

/** Gives every noun of the contract its name in `/openapi.json`, so that generated clients have one type for it. Idempotent. */
export function nameComponents(): void {
  for (const [id, schema] of Object.entries(COMPONENTS)) {
    // Registered from outside: the contract knows nothing of OpenAPI.
    zodToOpenAPIRegistry.add(schema, { _internal: { refId: id } });
  }
}
