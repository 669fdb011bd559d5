# Machines of this image run their user data when they boot for the first time: their end is in it.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2launch.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2launch-v2.html
$ErrorActionPreference = 'Stop'
$second = "$env:ProgramFiles\Amazon\EC2Launch\EC2Launch.exe"
$first = "$env:ProgramData\Amazon\EC2-Windows\Launch\Scripts\InitializeInstance.ps1"
if (Test-Path $second) { & $second reset } else { & $first -Schedule }
