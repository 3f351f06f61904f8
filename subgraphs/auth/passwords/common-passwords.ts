/**
 * The commonest passwords of at least eight characters in published leaks, in lower case. Guessing begins with them, and
 * the throttle on sign-ins holds against the rest.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `password password1 password12 password123 password1234 passw0rd passw0rd1 p@ssword p@ssw0rd pa55word password!
  password1! password2 passwort kennwort motdepasse contraseña
  123456789 1234567890 12345678910 123123123 1234512345 12341234 12344321 11223344 1122334455 112233445566 123321123
  147258369 159357456 987654321 9876543210 01234567 0123456789 10203040 101010101 12121212 13131313 18273645 31415926
  20202020 696969696 741852963 789456123 78945612 88888888 99999999
  qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwertz123 azertyuiop asdfghjk asdfghjkl asdf1234 asdfasdf
  zxcvbnm123 zxcvbnm, zaq12wsx 1qaz2wsx 1qaz2wsx3edc qazwsxedc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5
  abcd1234 abc12345 abc123456 abcdefg1 a1b2c3d4 a1234567 a12345678 a123456789 aa123456 aa12345678 123456ab 123456abc
  1234abcd 12345abc 123456aa 123456qwerty
  iloveyou iloveyou1 iloveyou2 iloveu123 loveyou1 lovelove ilovegod letmein1 letmein123 welcome1 welcome12 welcome123
  welcome! admin123 admin1234 admin12345 administrator adminadmin administrator1 rootroot root1234 toor1234 changeme
  changeme1 changeme123 default1 testtest test1234 test12345 testing1 testing123 guest123 user1234 secret123 temp1234
  sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman superman1 batman123
  spiderman starwars starwars1 pokemon1 pokemon123 dragon123 monkey123 master123 michael1 jennifer jessica1 charlie1
  michelle jonathan anthony1 samantha danielle victoria computer computer1 internet whatever trustno1 hello123
  hello1234 helloworld goodbye1 blink182 chocolate butterfly liverpool liverpool1 chelsea1 arsenal1 barcelona mercedes
  cheyenne midnight corvette maverick mountain november december february september thunder1 bigdaddy fuckyou1 fuckyou2
  asshole1 shadow12 babygirl babygirl1 jordan23 slipknot1 metallica nirvana1 chocolate1 beautiful loveme123 forever1
  alexander christian elizabeth nicholas stephanie qwerasdf qweasdzxc qweasd123 qwe12345 1234qwer 12qwaszx zxcv1234
  sample123 example1 login123 access14 access123 company1 summer2023 summer2024 summer2025 winter2024 winter2025
  spring2024 spring2025 autumn2024 autumn2025`.split(/\s+/),
);
