# Answers every request with its method, its path and its body, and names the headers that it has seen. With IGNORE_TERM
# it does not end when it is asked to. No Perl module is in the image, not even strict.
$SIG{TERM} = $ENV{IGNORE_TERM} ? 'IGNORE' : sub { exit 0 };
socket(my $server, 2, 1, 6) or die "socket: $!";
setsockopt($server, 1, 2, 1);
bind($server, pack('S n a4 x8', 2, 8080, "\0\0\0\0")) or die "bind: $!";
listen($server, 64) or die "listen: $!";
syswrite(STDOUT, "tiny listens\n");
while (accept(my $client, $server)) {
  my ($head, $body) = ('', '');
  while ($head !~ /\r\n\r\n/ && sysread($client, my $some, 4096)) { $head .= $some }
  ($head, $body) = split /\r\n\r\n/, $head, 2;
  my ($method, $path) = split / /, $head;
  my $chunked = $head =~ /^transfer-encoding:\s*chunked/mi;
  my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
  my $complete = sub { $chunked ? $body =~ /(^|\r\n)0\r\n\r\n$/ : length($body) >= ($length // 0) };
  while (!$complete->() && sysread($client, my $some, 4096)) { $body .= $some }
  if ($chunked) {
    my ($rest, $whole) = ($body, '');
    while ($rest =~ s/^([0-9a-fA-F]+)\r\n// && hex($1) > 0) { $whole .= substr($rest, 0, hex($1)); $rest = substr($rest, hex($1) + 2) }
    $body = $whole;
  }
  my $seen = join ',', sort map { lc } $head =~ /^([A-Za-z0-9-]+):/mg;
  my $answer = "$method $path $body";
  syswrite($client, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Seen: $seen\r\nConnection: close\r\nContent-Length: " . length($answer) . "\r\n\r\n$answer");
  close($client);
}
