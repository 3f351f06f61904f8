import { gatewayContract } from './testing/gateway-contract';

gatewayContract('plinth');
