import { createAstAnalyzer } from '../ast/analyzer.ts';
import { createEslintAnalyzer } from '../eslint/analyzer.ts';
import { createLicencesAnalyzer } from '../licences/analyzer.ts';
import { createSecretsAnalyzer } from '../secrets/analyzer.ts';
import { serve } from './serve.ts';

serve([createAstAnalyzer(), createEslintAnalyzer(), createSecretsAnalyzer(), createLicencesAnalyzer()]);
