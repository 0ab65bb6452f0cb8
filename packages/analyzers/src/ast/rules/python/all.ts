import type { PythonRule } from '../../rule.ts';
import { pythonCodeInjection, pythonCommandInjection, pythonPathTraversal, pythonSqlInjection } from './injection.ts';
import {
  pythonDebug,
  pythonDeserialisation,
  pythonMutableDefault,
  pythonNoneComparison,
  pythonTlsDisabled,
  pythonWeakHash,
} from './unsafe-calls.ts';

/** Every rule for Python. */
export const PYTHON_RULES: readonly PythonRule[] = [
  pythonCommandInjection,
  pythonCodeInjection,
  pythonSqlInjection,
  pythonPathTraversal,
  pythonDeserialisation,
  pythonTlsDisabled,
  pythonDebug,
  pythonWeakHash,
  pythonNoneComparison,
  pythonMutableDefault,
];
