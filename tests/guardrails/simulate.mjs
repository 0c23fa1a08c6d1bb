// Puts cases to documents. In: {checked, mistakes, cases: {form: [case]}, documents: [{kind, document, form, ...}]}.
// Out: for each document the first so many mistakes, as sentences.
import { validateIdentityPolicy, validateServiceControlPolicy } from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { readFileSync } from 'node:fs'

const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }]
}
// The simulator's data knows these condition keys as replaced and would leave them out of a request that it checks.
const replaced = ['sagemaker:OutputKmsKey', 'sagemaker:VolumeKmsKey']

function simulation(kind, document, asked) {
  const guardrail = { name: 'guardrail', policy: document }
  const allow = { name: 'everything', policy: everything }
  return {
    request: {
      principal: asked.principal,
      action: asked.action,
      resource: { resource: asked.resource, accountId: asked.account },
      contextVariables: asked.context
    },
    identityPolicies: kind === 'policy' ? [allow, guardrail] : [allow],
    permissionBoundaryPolicies: kind === 'boundary' ? [guardrail] : undefined,
    serviceControlPolicies: [
      { orgIdentifier: 'account', policies: kind === 'scp' ? [allow, guardrail] : [allow] }
    ],
    resourceControlPolicies: []
  }
}

async function decide(kind, document, asked, checked) {
  const simulated = simulation(kind, document, asked)
  const decision = runUnsafeSimulation(simulated, {})
  // Whether a request is a real one does not depend on the document.
  if (checked && kind === 'policy' && !replaced.some((key) => key in asked.context)) {
    // This also checks that the action, the resource and every condition key are real ones of the service.
    const { overallResult, errors, result } = await runSimulation(simulated, {})
    if (overallResult !== decision || result.ignoredContextKeys.length > 0) {
      const why = JSON.stringify(errors ?? result.ignoredContextKeys)
      throw new Error(`${kind}: ${asked.name}: ${decision} unchecked, ${overallResult} checked: ${why}`)
    }
  }
  return decision
}

const question = JSON.parse(readFileSync(0, 'utf8'))
// What showed that a part is needed in one document most likely shows it in the next: it is tried first there.
const shown = {}
const answers = []
for (const { kind, document, form, part, tries } of question.documents) {
  const errors = (kind === 'scp' ? validateServiceControlPolicy : validateIdentityPolicy)(document)
  if (errors.length > 0) throw new Error(`${form} ${kind}: ${JSON.stringify(errors)}`)
  const cases = tries ? tries.map((index) => question.cases[form][index]) : [...question.cases[form]]
  const hint = part && cases.findIndex((asked) => asked.name === shown[part])
  if (hint > 0) cases.unshift(...cases.splice(hint, 1))
  const mistakes = []
  for (const asked of cases) {
    if (!(kind in asked.expected)) continue
    const decision = await decide(kind, document, asked, question.checked)
    if (decision === asked.expected[kind]) continue
    mistakes.push(`${form} ${kind}: ${asked.name}: ${decision}`)
    shown[part] = asked.name
    if (mistakes.length >= question.mistakes) break
  }
  answers.push(mistakes)
}
process.stdout.write(JSON.stringify(answers))
