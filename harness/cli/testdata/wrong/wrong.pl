# Does the workload `hello` nearly right: HOW says what is wrong about it.
use strict;
use IO::Socket::INET;
my $how = $ENV{HOW} // '';
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die "listen: $!";
while (my $client = $server->accept) {
  my $head = '';
  while ($head !~ /\r\n\r\n/) { last unless sysread($client, $head, 4096, length $head) }
  my ($method, $path) = split / /, $head;
  my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
  my $chunked = $head =~ /^transfer-encoding:\s*chunked/mi;
  $head =~ s/^.*?\r\n\r\n//s;
  while ($chunked ? $head !~ /(^|\r\n)0\r\n\r\n$/ : length $head < ($length // 0)) {
    last unless sysread($client, $head, 65536, length $head);
  }
  sleep 60 if $how eq 'slow' && $path !~ m{^/_/};
  my $answer = $path =~ m{^/_/(health|ready)$} ? "ok\n" : "Hello from givre\n";
  $answer = "Hello from nobody\n" if $how eq 'chunked' && $chunked && $method eq 'POST';
  my $type = $how eq 'type' ? 'text/html' : 'text/plain; charset=utf-8';
  my $size = length $answer;
  print $client "HTTP/1.1 200 OK\r\nContent-Type: $type\r\nContent-Length: $size\r\nConnection: close\r\n\r\n";
  print $client $answer if $method ne 'HEAD';
  close $client;
}
