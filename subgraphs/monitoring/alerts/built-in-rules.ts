import type { RuleInput } from './rule-input';

/** The rules that every installation has. An operator can switch each off. */
export const builtInRules: readonly (RuleInput & { name: string; condition: string })[] = [
  {
    name: 'Service down',
    condition: 'health == 0',
    for: '30s',
    severity: 'critical',
    noData: 'keep',
  },
  {
    name: 'Error rate',
    condition:
      'rate(http_server_request_duration_seconds_count{http_response_status_code="5*"}[5m]) / rate(http_server_request_duration_seconds_count[5m]) > 0.05',
    for: '2m',
    keepFiringFor: '2m',
    severity: 'critical',
  },
  {
    name: 'Slow requests',
    condition: 'quantile(0.99, http_server_request_duration_seconds[5m]) > 2',
    for: '5m',
    keepFiringFor: '2m',
  },
  {
    name: 'Errors in the log',
    condition: 'logs{level="error"}[5m] > 1',
    for: '2m',
    keepFiringFor: '2m',
  },
  {
    name: 'Dead letters',
    condition: 'increase(plinth_deliveries_total{status="failed"}[15m]) > 5',
  },
  {
    name: 'Events given up',
    condition: 'plinth_dead_letters > 0',
    severity: 'critical',
  },
  {
    name: 'Events wait',
    condition: 'plinth_outbox_oldest_seconds > 60',
    for: '2m',
    severity: 'critical',
  },
  {
    name: 'Disk nearly full',
    condition: 'plinth_disk_free_ratio < 0.1',
    for: '5m',
    severity: 'critical',
  },
  {
    name: 'Certificate expires',
    condition: 'plinth_tls_certificate_not_after_timestamp_seconds - time() < 1209600',
    severity: 'critical',
  },
];
